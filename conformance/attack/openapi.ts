const text = { type: 'string', minLength: 1, maxLength: 200 }
const id = { type: 'string', format: 'uuid' }
const json = (schema: object) => ({ required: true, content: { 'application/json': { schema } } })
const inPath = (name: string, schema: object = id) => ({ name, in: 'path', required: true, schema })
const inQuery = (name: string, schema: object = { type: 'string' }) => ({ name, in: 'query', schema })
const described = { responses: { default: { description: 'as its handler says' } } }

/** What the bookings service offers, as a team would describe it. */
export const bookingsOpenapi = {
  openapi: '3.1.0',
  info: { title: 'Bookings', version: '1.0.0' },
  paths: {
    '/venues': {
      get: described,
      post: { ...described, requestBody: json({ $ref: '#/components/schemas/NewVenue' }) },
    },
    '/venues/{venueId}': {
      parameters: [inPath('venueId')],
      get: described,
      patch: {
        ...described,
        requestBody: json({ type: 'object', required: ['note'], properties: { note: text } }),
      },
    },
    '/bookings': {
      get: {
        ...described,
        parameters: [
          inQuery('guest'),
          inQuery('sort', { type: 'string', enum: ['guest', 'seats'] }),
          inQuery('cursor'),
        ],
      },
      post: { ...described, requestBody: json({ $ref: '#/components/schemas/NewBooking' }) },
    },
    '/bookings/{bookingId}': { parameters: [inPath('bookingId')], get: described, delete: described },
    '/totals': { get: described },
    '/exports': { post: described },
    '/exports/{exportId}': { parameters: [inPath('exportId')], get: described },
    '/partner-events': {
      post: { ...described, requestBody: json({ $ref: '#/components/schemas/PartnerEvent' }) },
    },
  },
  components: {
    schemas: {
      Named: { type: 'object', required: ['name'], properties: { name: text } },
      NewVenue: { allOf: [{ $ref: '#/components/schemas/Named' }, { properties: { note: text } }] },
      NewBooking: {
        type: 'object',
        required: ['venueId', 'guest', 'seats'],
        properties: { venueId: id, guest: text, seats: { type: 'integer', minimum: 1, maximum: 20 } },
      },
      PartnerEvent: {
        type: 'object',
        required: ['type', 'data'],
        properties: {
          type: { const: 'venue.noted' },
          data: { type: 'object', required: ['name'], properties: { name: text } },
        },
      },
    },
  },
}
